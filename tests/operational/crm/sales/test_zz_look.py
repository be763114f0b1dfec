import re, threading, uuid
import pytest
from selenium.webdriver.common.by import By
from werkzeug.serving import make_server
from operational.app.factory import create_app
from tests.operational.crm.sales.test_pages import *

from tests.factories.staff import PASSWORD

from tests.journeys.test_every_page import _AXE, _CHECK as CHECK, AXE_OPTIONS
AXE_JS=_AXE.read_text()
@pytest.mark.browser
def test_look(browser, database, shop):
    seller, boss = client(database,'sales'), client(database,'admin')
    names=['Ewa Światło','Piekarnia Kłos','Jan Drugi','Urząd Gminy Zielonki','Maria Długonazwiskowa-Przykładowska']
    leads=[]
    for i,n in enumerate(names):
        r=seller.post('/sales/leads/new',data=form(**{**LEAD,'name':n,'phone':f'60177788{i}','email':f'x{i}@example.pl','not_same':'1','city':'Kraków'}))
        leads.append(r.headers['Location'])
    for l,st in ((leads[1],'contacted'),(leads[2],'qualified')):
        assert seller.post(l+'/stage',data=form(stage=st,row_version=1)).status_code==303
    assert seller.post(leads[3]+'/stage',data=form(stage='lost',lost_reason='price',row_version=1)).status_code==303
    cust=re.search(r'/customers/([0-9a-f-]{36})', seller.get('/customers').text).group(1)
    opened=seller.post('/sales/offers/new',data=form(customer=cust,point=[str(shop.point)],medium='electricity',segment='household',starts_on='2026-05-01',phases='1'))
    offer=opened.headers['Location']
    for pos,p in ((1,shop.standard),(2,shop.cheap)):
        seller.post(f'{offer}/variant',data=form(position=pos,price_list_id=p,row_version=version(seller.get(offer).text)))
    given={'code':'WIOSNA-26','name':'Wiosna 2026','audience':'customers','channel':'phone','script':'Dzień dobry, dzwonię w sprawie umowy.','script_b':'Dzień dobry, mam nową cenę.','budget':'1 000,00','owner_login':'sales','starts_on':'2026-03-01','ends_on':'2026-03-31','share_b_pct':'50','field-0':'medium','op-0':'is','value-0':'electricity'}
    camp=seller.post('/sales/campaigns/new',data=form(**given)).headers['Location']
    draft=seller.post('/sales/campaigns/new',data=form(**{**given,'code':'LATO-26','name':'Lato'})).headers['Location']
    seller.post(f'{camp}/start',data=form(row_version=1)); seller.post(f'{camp}/costs',data=form(amount='120,50',note='Telefony'))
    server=make_server('127.0.0.1',0,create_app(database=database),threaded=True)
    t=threading.Thread(target=server.serve_forever); t.start()
    base=f'http://127.0.0.1:{server.server_port}'
    rule='ends_from=2026-03-01&ends_to=2026-04-30&medium=electricity&segment=&promotions=&price_list_id='+str(shop.standard)
    pages={'leads':'/sales/leads','list':'/sales/leads?view=list','new':'/sales/leads/new','lead':leads[1],'convert':leads[1]+'/convert','offers':'/sales/offers','newoffer':f'/sales/offers/new?customer={cust}','offer':offer,'campaigns':'/sales/campaigns','builder':draft+'/edit','campaign':camp,'renewals':'/sales/renewals/preview?'+rule}
    axe=open('/work/main/AXE').read() if False else None
    try:
        browser.set_window_size(1440,1000)
        browser.get(base+'/login')
        browser.find_element(By.NAME,'login').send_keys('sales'); browser.find_element(By.NAME,'password').send_keys(PASSWORD)
        browser.find_element(By.NAME,'password').submit(); import time; time.sleep(1)
        for theme in ('light','dark'):
            browser.add_cookie({'name':'iris_theme','value':theme})
            for w in (1440,390):
                browser.set_window_size(w,1000)
                if w==390: browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',{'width':390,'height':1000,'deviceScaleFactor':1,'mobile':True})
                else: browser.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride',{})
                for k,u in pages.items():
                    if theme=='dark' and w==390 and k not in ('leads','offer','builder'): continue
                    browser.get(base+u)
                    import time; time.sleep(0.3)
                    h=browser.execute_script('return document.documentElement.scrollHeight'); sw=browser.execute_script('return document.documentElement.scrollWidth')
                    if sw>w: print('WIDE',k,w,sw)
                    bad=browser.execute_script("return Array.from(document.querySelectorAll('input:not([type=hidden]),select,textarea')).filter(e=>!e.labels.length&&!e.getAttribute('aria-label')).map(e=>e.name)")
                    h1=browser.execute_script("return document.querySelectorAll('h1').length")
                    dup=browser.execute_script("const s={};document.querySelectorAll('[id]').forEach(e=>s[e.id]=(s[e.id]||0)+1);return Object.keys(s).filter(k=>s[k]>1)")
                    if bad or h1!=1 or dup: print('A11Y',k,bad,h1,dup)
                    if w==1440 and theme=='light': print('AXE',k,browser.execute_script(AXE_JS) or '', [x for x in browser.execute_async_script(CHECK, AXE_OPTIONS)])
                    import base64
                    shot=browser.execute_cdp_cmd('Page.captureScreenshot',{'captureBeyondViewport':True,'clip':{'x':0,'y':0,'width':w,'height':min(h,1900),'scale':0.7 if w==1440 else 0.8}})
                    open(f'/tmp/w/c/{k}_{theme}_{w}.png','wb').write(base64.b64decode(shot['data']))
    finally:
        server.shutdown(); t.join()
